import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { shellSession } from "./shell-session.ts";
import { until } from "./until.ts";

export type HookedShell = "bash" | "zsh" | "fish";

/** An interactive shell with omg's hook, in a terminal. */
export interface Hooked {
  /** Runs a line, and gives what `expression`, a word of the shell, is worth afterwards. */
  after(line: string, expression: string): Promise<string>;
  /** Types a line and waits for nothing. */
  type(line: string): Promise<void>;
  end(): Promise<void>;
}

/** How each is started without anybody's configuration. */
const COMMANDS: Readonly<Record<HookedShell, string>> = {
  bash: "bash --norc --noprofile -i",
  zsh: "zsh -f -i",
  fish: "fish --no-config -i",
};

/** @param hook file with the output of `omg hook`; `before`: a line that is run ahead of it */
export async function hookedShell(
  shell: HookedShell,
  {
    hook,
    cwd,
    env,
    out,
    before,
  }: { hook: string; cwd: string; env: Readonly<Record<string, string>>; out: string; before?: string },
): Promise<Hooked> {
  // What a shell shows is full of its own redrawing, so values come in files.
  const session = await shellSession(COMMANDS[shell], "", { env: { ...env, PS1: "> ", OUT: out }, cwd });
  let serial = 0;
  const type = async (line: string) => void (await session.type(line, ""));
  const after = async (line: string, expression: string) => {
    serial += 1;
    const path = join(out, String(serial));
    rmSync(path, { force: true });
    if (line !== "") await type(line);
    await type(`printf %s ${expression} >$OUT/new; mv $OUT/new $OUT/${serial}`);
    await until(() => existsSync(path));
    return readFileSync(path, "utf8");
  };
  if (before !== undefined) await type(before);
  await after(`source ${hook}`, "ready");
  return { after, type, end: () => session.end() };
}
