# Nothing is installed with a grade below "verified".
package omg.grades

import future.keywords.contains
import future.keywords.if
import future.keywords.in

accepted := {"verified", "locked"}

deny contains message if {
	some each in input.omg.verdict.judgements
	not each.grade in accepted
	message := sprintf("%s is graded %s", [each.address, each.grade])
}

# What nobody judged has no grade at all.
deny contains message if {
	some each in input.omg.artifacts
	each.role == "install"
	not each.sha256 in {judged.sha256 | some judged in input.omg.verdict.judgements}
	message := sprintf("%s %s is not graded", [each.address, each.version])
}

# Anything else than a plan, the JSON of a failure for example, is refused too.
deny contains "not a plan of format 1" if not is_plan

is_plan if {
	startswith(input.format_version, "1.")
	is_array(input.omg.verdict.judgements)
	is_array(input.omg.artifacts)
}
