import type { SetupResult } from "../../app/results.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { good, type Line, line, plain, strong } from "./segments.ts";

/** What `omg setup` put where, or took away. */
export function setupScreen(result: SetupResult, screen: Screen, remove: boolean): Line[] {
  if (!result.done) return [line(strong("Not done"), ` ${result.folder}`)];
  const title = remove ? "Removed" : "Installed in";
  return [
    line(good(title), ` ${result.folder}`),
    ...result.files.map((file) => line(plain(`  ${file}`))),
    ...(remove ? [] : next("`omg apply` as any user asks it through sudo; omg setup --remove takes it away", screen)),
  ];
}
