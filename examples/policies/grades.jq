# Nothing is installed with a grade below "verified".
# Ends with 1 and says what would be, and with 5 where it is no plan.
["verified", "locked"] as $accepted
| [.omg.verdict.judgements[].sha256] as $judged
| [(.omg.verdict.judgements[]
      | select(.grade | IN($accepted[]) | not)
      | "\(.address) is graded \(.grade)\n"),
   # What nobody judged has no grade at all.
   (.omg.artifacts[]
      | select(.role == "install")
      | select(.sha256 | IN($judged[]) | not)
      | "\(.address) \(.version) is not graded\n")]
| if length > 0 then add | halt_error(1) else empty end
