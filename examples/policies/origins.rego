# Everything that is installed comes from one of these sources, by their names.
package omg.origins

import future.keywords.contains
import future.keywords.if
import future.keywords.in

allowed := {"debian", "debian-security"}

# Role "replaced" is what stays in the store for the way back: it is not installed.
deny contains message if {
	some each in input.omg.artifacts
	each.role == "install"
	not each.origin in allowed
	message := sprintf("%s %s comes from %s", [each.address, each.version, each.origin])
}

# Anything else than a plan, the JSON of a failure for example, is refused too.
deny contains "not a plan of format 1" if not is_plan

is_plan if {
	startswith(input.format_version, "1.")
	is_array(input.omg.artifacts)
}
