# Packages that no plan may remove.
package omg.removals

import future.keywords.contains
import future.keywords.if
import future.keywords.in

kept := {"openssh-server", "sudo"}

# A replacement has the actions ["delete", "create"]: the package is there again afterwards.
deny contains message if {
	some each in input.resource_changes
	each.change.actions == ["delete"]
	each.name in kept
	message := sprintf("%s may not be removed", [each.address])
}

# Anything else than a plan, the JSON of a failure for example, is refused too.
deny contains "not a plan of format 1" if not is_plan

is_plan if {
	startswith(input.format_version, "1.")
	is_array(input.resource_changes)
}
