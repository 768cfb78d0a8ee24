/** The help of omg-fast, to the byte that of native/prompt.c. */
export const HELP = `omg-fast: what omg last published about this machine, for prompts

Usage: omg-fast status|drift|ec|tc|oc|uc [--format FORMAT] [--shell SHELL]
                [--max-age AGE]

  status   in sync, drifted, applying, failed, held, or unknown
  drift    entries that are not as the lock or the last apply has them
  ec       packages that were asked for (explicit)
  tc       packages that are installed (total)
  oc       packages that nothing needs any more (orphans)
  uc       packages that have a newer version (updates)

  --format FORMAT  a text with any of these in it; an empty one prints no line
      {state} {drift} {explicit} {total} {orphans} {updates}
      {vulnerabilities} {generation} {age}
                        the value, or ? where it is not known
      {drift? TEXT }    TEXT where that number is known and not zero
      {drifted? TEXT }  TEXT in that state: unknown, in-sync, drifted, applying,
                        failed or held
      {!drift? TEXT }   TEXT in every other case
      {red} {reset}     and bold dim black green yellow blue magenta cyan white
                        grey; nothing where NO_COLOR is set
      {{ }}             braces
  --shell SHELL    bash, zsh or fish: whose prompt it is, so that colours take
                   no room there
  --max-age AGE    how old a status may be: 90s, 30m, 48h (default), 7d
  -h, --help       this text
  --version        the version

Exit: 0 answered; 8 not known: no status, or not to be trusted, or too old, or
not counted; 1 wrong usage; 3 a variable that names no folder.
It reads one file and changes nothing.

omg-fast plan|check|search|info|outdated|explicit|orphans|size|why|audit ... is
omg of the same words. What omg answered before and still stands, and what omgd
knows where it runs, starts no Node.
`;
