# Packages that no plan may remove.
# Ends with 1 and says why where a plan does, and with 5 where it is no plan.
["openssh-server", "sudo"] as $kept
# A replacement has the actions ["delete", "create"]: the package is there again afterwards.
| [.resource_changes[]
    | select(.change.actions == ["delete"])
    | select(.name | IN($kept[]))
    | "\(.address) may not be removed\n"]
| if length > 0 then add | halt_error(1) else empty end
