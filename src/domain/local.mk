# NT5DS: locating and scoring domain controllers, the machine account.
