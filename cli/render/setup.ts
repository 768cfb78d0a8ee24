import type { SetupResult } from "../../app/results.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { good, type Line, line, plain, strong } from "./segments.ts";

/** What `omg setup` put where, or took away. */
export function setupScreen(result: SetupResult, screen: Screen, remove: boolean): Line[] {
  if (!result.done) return proposal(result, screen, remove);
  const title = remove ? "Removed" : "Installed in";
  return [
    line(good(title), ` ${result.folder}`),
    ...result.files.map((file) => line(plain(`  ${file}`))),
    ...(remove
      ? []
      : next("`omg apply` as any user asks it through sudo; sudo omg setup --remove --yes takes it away", screen)),
  ];
}

/** What would be done, and what it is for. */
function proposal(result: SetupResult, screen: Screen, remove: boolean): Line[] {
  const flags = remove ? " --remove" : "";
  return [
    line(strong(remove ? "Would remove" : "Would install in"), ` ${result.folder}`),
    ...result.files.map((file) => line(plain(`  ${file}`))),
    ...next(`sudo omg setup${flags} --yes does it; \`omg apply\` as any user then asks omg-root through sudo`, screen),
  ];
}
