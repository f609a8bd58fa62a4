# Pages and manual pages.
