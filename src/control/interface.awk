# A varlink interface's description as C: the structures of its types, calls, replies
# and errors, how they become JSON (control/schema.h), and the description itself; and
# as a manual page.
#
#   awk -v output=header|source -v prefix=control -v place=control/time_service.h FILE
#   awk -v output=manual -v page=w32timed-control FILE
#
# Of varlink's grammar (https://varlink.org/Interface-Definition) this knows what our
# interfaces use, and refuses the rest: no enums, no structures without a name, lists
# and maps ([string]int) that are never null.

function fail(what) {
	print FILENAME ": " what >"/dev/stderr"
	failed = 1
	exit 1
}

# GetInfo: get_info.
function lower_name(name,    result, i, c) {
	for (i = 1; i <= length(name); i++) {
		c = substr(name, i, 1)
		result = result (i > 1 && c ~ /[A-Z]/ ? "_" : "") tolower(c)
	}
	return result
}

function take(    token) {
	if (next_token > token_count)
		fail("ends too early")
	token = tokens[next_token++]
	return token
}

function expect(wanted,    token) {
	token = take()
	if (token != wanted)
		fail("\"" wanted "\" is missing before \"" token "\"")
}

function add_field(structure, name, type,    i) {
	i = ++field_count[structure]
	field_name[structure, i] = name
	field_shape[structure, i] = "PLAIN"
	if (sub(/^\?/, "", type))
		field_shape[structure, i] = "NULLABLE"
	else if (sub(/^\[\]/, "", type))
		field_shape[structure, i] = "LIST"
	else if (sub(/^\[string\]/, "", type))
		field_shape[structure, i] = "MAP"
	field_type[structure, i] = type
	if (!(type in kinds) && type !~ /^[A-Z][A-Za-z0-9]*$/)
		fail(name ": no type \"" type "\" is known here")
	if ((field_shape[structure, i] == "MAP" && type != "int") ||
	    (field_shape[structure, i] == "NULLABLE" && !(type in kinds)))
		fail(name ": no such " tolower(field_shape[structure, i]) " is known here")
}

# "(name: type, ...)" from the next token on.
function take_fields(structure,    name, type, token) {
	structures[++structure_count] = structure
	field_count[structure] = 0
	expect("(")
	if (tokens[next_token] == ")") {
		take()
		return
	}
	do {
		name = take()
		if (name !~ /^[A-Za-z][A-Za-z0-9_]*$/)
			fail("\"" name "\" is no name")
		expect(":")
		type = take()
		while (type == "?" || type ~ /\]$/)
			type = type take()
		add_field(structure, name, type)
		token = take()
	} while (token == ",")
	if (token != ")")
		fail("\")\" is missing before \"" token "\"")
}

function parse(    token, name) {
	while (next_token <= token_count) {
		token = take()
		name = take()
		if (token == "interface") {
			interface = name
		} else if (token == "type") {
			types[++type_count] = name
			take_fields(lower_name(name))
		} else if (token == "method") {
			methods[++method_count] = name
			take_fields(lower_name(name) "_call")
			expect("->")
			take_fields(lower_name(name) "_reply")
		} else if (token == "error") {
			errors[++error_count] = name
			take_fields("error_" lower_name(name))
		} else {
			fail("\"" token "\" is neither type, method nor error")
		}
	}
	if (interface == "")
		fail("names no interface")
}

# --- Header ---

function print_member(structure, i,    type, name, shape, c_type) {
	type = field_type[structure, i]
	name = field_name[structure, i]
	shape = field_shape[structure, i]
	c_type = type in kinds ? c_types[type] : "struct " prefix "_" lower_name(type) " "
	if (shape == "LIST")
		print "\t" c_type "*" name ";\n\tsize_t " name "_count;"
	else if (shape == "MAP")
		print "\tstruct schema_entry *" name ";\n\tsize_t " name "_count;"
	else if (shape == "NULLABLE" && (type == "int" || type == "bool"))
		print "\tbool has_" name ";\n\t" c_type name ";"
	else
		print "\t" c_type name ";" \
			(shape == "NULLABLE" ? (type == "float" ? " /* or NAN */" : " /* or NULL */") : "")
}

function print_structure(structure,    name, i) {
	name = prefix "_" structure
	print "\nstruct " name " {"
	for (i = 1; i <= field_count[structure]; i++)
		print_member(structure, i)
	print "};\n"
	print "extern const struct schema_type " name "_type;\n"
	print "static inline json_t *" name "_encode(const struct " name " *structure, struct error *error)"
	print "{\n\treturn schema_encode(&" name "_type, structure, error);\n}\n"
	print "static inline int " name "_decode(const json_t *json, struct " name " *structure,"
	print "\t\tstruct error *error)"
	print "{\n\treturn schema_decode(&" name "_type, json, structure, error);\n}\n"
	print "static inline void " name "_free(struct " name " *structure)"
	print "{\n\tschema_free(&" name "_type, structure);\n}"
}

function print_header(    guard, i) {
	guard = toupper("W32TIMED_" place)
	gsub(/[^A-Z0-9]/, "_", guard)
	print "/* " interface ", made by src/control/interface.awk of its description, which"
	print " * says what the members mean.  How structures are filled and freed: control/schema.h. */"
	print "#ifndef " guard "\n#define " guard "\n"
	print "#include \"control/schema.h\"\n"
	print "#define " toupper(prefix) "_INTERFACE \"" interface "\""
	for (i = 1; i <= method_count; i++)
		print "#define " toupper(prefix "_METHOD_" lower_name(methods[i])) " \"" methods[i] "\""
	for (i = 1; i <= error_count; i++)
		print "#define " toupper(prefix "_ERROR_" lower_name(errors[i])) " \"" \
			interface "." errors[i] "\""
	print "\n/* The description as GetInterfaceDescription returns it. */"
	print "extern const char " prefix "_interface_description[];"
	print "/* The names of its methods, ended by NULL. */"
	print "extern const char *const " prefix "_interface_methods[];"
	for (i = 1; i <= structure_count; i++)
		if (field_count[structures[i]] > 0)
			print_structure(structures[i])
	print "\n#endif"
}

# --- Source ---

function companion(structure, i) {
	if (field_shape[structure, i] ~ /^(LIST|MAP)$/)
		return field_name[structure, i] "_count"
	if (field_shape[structure, i] == "NULLABLE" && field_type[structure, i] ~ /^(int|bool)$/)
		return "has_" field_name[structure, i]
	return ""
}

function offset_of(structure, member) {
	return member == "" ? "0" : "offsetof(struct " structure ", " member ")"
}

function print_table(structure,    name, i, type, extra) {
	name = prefix "_" structure
	print "\nstatic const struct schema_field " name "_fields[] = {"
	for (i = 1; i <= field_count[structure]; i++) {
		type = field_type[structure, i]
		extra = companion(structure, i)
		print "\t{ \"" field_name[structure, i] "\", " \
			(type in kinds ? kinds[type] : "SCHEMA_STRUCTURE") \
			", SCHEMA_" field_shape[structure, i] ", " \
			offset_of(name, field_name[structure, i]) ", " offset_of(name, extra) ", " \
			(type in kinds ? "NULL" : "&" prefix "_" lower_name(type) "_type") " },"
	}
	print "};\n"
	print "const struct schema_type " name "_type = {"
	print "\tsizeof(struct " name "), " name "_fields, " field_count[structure] ","
	print "};"
}

function print_source(    i) {
	print "#include \"" place "\"\n\n#include <stddef.h>"
	for (i = 1; i <= structure_count; i++)
		if (field_count[structures[i]] > 0)
			print_table(structures[i])
	print "\nconst char *const " prefix "_interface_methods[] = {"
	for (i = 1; i <= method_count; i++)
		print "\t\"" methods[i] "\","
	print "\tNULL,\n};\n"
	print "const char " prefix "_interface_description[] =" description ";"
}

# --- Manual ---

function print_comment(name,    text) {
	text = comments[name]
	gsub(/[.]  /, ".\n", text)
	if (text != "")
		print text
}

function type_of(structure, i,    shape) {
	shape = field_shape[structure, i]
	return (shape == "NULLABLE" ? "?" : shape == "LIST" ? "[]" : shape == "MAP" ? "[string]" : "") \
		field_type[structure, i]
}

function print_members(structure,    i) {
	if (field_count[structure] == 0)
		return
	print ".Bl -column -compact \"frequency_deviation_ppm\" \"[]Controller\""
	for (i = 1; i <= field_count[structure]; i++)
		print ".It Va " field_name[structure, i] " Ta " type_of(structure, i)
	print ".El"
}

# TITLE and the members; NAME: what is described, a text before them or none.
function print_part(title, structure, name) {
	if (field_count[structure] == 0)
		return
	if (comments[name] != "")
		print ".Pp"
	print title
	print_members(structure)
}

function print_manual(    i, name) {
	print ".\\\" Made by src/control/interface.awk of the interface's description."
	print ".Dd $Mdocdate$\n.Dt " toupper(page) " 7\n.Os"
	print ".Sh NAME\n.Nm " page "\n.Nd the control interface of w32timed"
	print ".Sh DESCRIPTION\nThe varlink interface\n.Li " interface "\nof\n.Xr w32timed 8 ."
	print_comment(interface)
	print ".Sh METHODS"
	for (i = 1; i <= method_count; i++) {
		print ".Ss " methods[i]
		print_comment(methods[i])
		print_part("Parameters:", lower_name(methods[i]) "_call", methods[i])
		print_part("Reply:", lower_name(methods[i]) "_reply", methods[i])
	}
	print ".Sh TYPES\n\"?\" stands before what may be null, \"[]\" before lists."
	for (i = 1; i <= type_count; i++) {
		print ".Ss " types[i]
		print_comment(types[i])
		print_part("Members:", lower_name(types[i]), types[i])
	}
	print ".Sh ERROR REPLIES"
	for (i = 1; i <= error_count; i++) {
		print ".Ss " errors[i]
		print_comment(errors[i])
		print_part("Parameters:", "error_" lower_name(errors[i]), errors[i])
	}
	print ".Sh SEE ALSO\n.Xr varlinkctl 1 ,\n.Xr w32tm 1 ,\n.Xr w32timed 8"
}

BEGIN {
	kinds["bool"] = "SCHEMA_BOOL"
	kinds["int"] = "SCHEMA_INT"
	kinds["float"] = "SCHEMA_FLOAT"
	kinds["string"] = "SCHEMA_STRING"
	c_types["bool"] = "bool "
	c_types["int"] = "int64_t "
	c_types["float"] = "double "
	c_types["string"] = "const char *"
	next_token = 1
}

{
	if (/\\/)
		fail("a backslash cannot be quoted here")
	description = description "\n\t\""
	parts = split($0, part, "\"")
	for (i = 1; i <= parts; i++)
		description = description (i > 1 ? "\\\"" : "") part[i]
	description = description "\\n\""
	if (/^# /)
		comment = comment (comment == "" ? "" : "\n") substr($0, 3)
	else if (/^#/)
		comment = comment "\n.Pp"
	else if ($1 ~ /^(interface|type|method|error)$/)
		comments[substr($2, 1, match($2 "(", /\(/) - 1)] = comment
	if (!/^#/)
		comment = ""
	sub(/#.*/, "")
	while (match($0, /[A-Za-z][A-Za-z0-9_.]*|->|\[\]|\[string\]|[^ \t]/)) {
		tokens[++token_count] = substr($0, RSTART, RLENGTH)
		$0 = substr($0, RSTART + RLENGTH)
	}
}

END {
	if (failed)
		exit 1
	parse()
	if (output == "header")
		print_header()
	else if (output == "manual")
		print_manual()
	else
		print_source()
}
