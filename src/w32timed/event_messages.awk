# The events of src/base/events.h as a message file for windmc: the Windows event log
# shows each as the text that the daemon gave it.
BEGIN {
	print "MessageIdTypedef=DWORD"
	print "SeverityNames=(Success=0x0)"
	print "FacilityNames=(None=0x0)"
	print "LanguageNames=(English=0x409:MSG00409)"
}

$1 ~ /^EVENT_[A-Z_]+$/ && $2 == "=" {
	print "\nMessageId=" int($3) "\nSeverity=Success\nFacility=None"
	print "SymbolicName=" $1 "\nLanguage=English\n%1\n."
}
