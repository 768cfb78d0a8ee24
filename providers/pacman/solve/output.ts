/** What pacman says against a request, a reason a line. Pure. */
export function explanationIn(stdout: string, stderr: string): readonly string[] {
  const lines = `${stderr}\n${stdout}`.split("\n").map((line) => line.trim());
  const reasons = lines.filter(
    (line) => line.startsWith(":: ") && !/\[[yY]\/[nN]\]|There (?:is|are) |Repository /.test(line),
  );
  const errors = lines.filter((line) => line.startsWith("error: "));
  const found = reasons.length > 0 ? reasons.map((line) => line.slice(3)) : errors.map((line) => line.slice(7));
  return found.length > 0 ? [...new Set(found)] : ["pacman gave no reason"];
}
