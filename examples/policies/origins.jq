# Everything that is installed comes from one of these sources.
# Ends with 1 and says what does not, and with 5 where it is no plan.
["debian", "debian-security"] as $allowed
# Role "replaced" is what stays in the store for the way back: it is not installed.
| [.omg.artifacts[]
    | select(.role == "install")
    | select(.origin | IN($allowed[]) | not)
    | "\(.address) \(.version) comes from \(.origin)\n"]
| if length > 0 then add | halt_error(1) else empty end
