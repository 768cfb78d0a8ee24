import type { InstallOptions, InstallResult } from "../../daemon/units/install.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { EMPTY, good, type Line, line, plain, strong } from "./segments.ts";

/** What `omg daemon install` put where, or would; the same of `--remove`. */
export function serviceScreen(result: InstallResult, { system, remove }: InstallOptions, screen: Screen): Line[] {
  const { done, files, account, keeps } = result;
  const flags = `${system === true ? " --system" : ""}${remove === true ? " --remove" : ""}`;
  const omg = system === true ? "sudo omg" : "omg";
  const [will, is] =
    remove === true ? ["Would stop omgd and remove", "Stopped omgd and removed"] : ["Would write", "Wrote"];
  const rest =
    remove === true
      ? `What it knows stays in ${keeps}.`
      : `systemd ${done ? "runs" : "would run"} omgd as ${account}, from now on and whenever ${system === true ? "the machine starts" : "you log in"}.`;
  return [
    line(...(done ? [good(is)] : [strong(will)])),
    ...files.map((file) => line(plain(`  ${file}`))),
    EMPTY,
    ...paragraph(rest, { lead: [], columns: screen.columns }),
    ...(system === true && remove !== true
      ? paragraph(
          `It has no rights of its own. For packages it ${done ? "asks" : "would ask"} omg-root, which only does what its own look at the machine and the machine's policy allow.`,
          { lead: [], columns: screen.columns },
        )
      : []),
    ...(done
      ? remove === true
        ? []
        : next(`${omg} daemon status`, screen)
      : next(`${omg} daemon install${flags} --yes does it`, screen)),
  ];
}

export function toldScreen(what: "Started" | "Stopped", screen: Screen): Line[] {
  return [line(good(what), "."), ...(what === "Started" ? next("omg daemon status", screen) : [])];
}
