import { appendFileSync } from "node:fs";
import manifest from "../../package.json" with { type: "json" };
import { OmgError } from "../../schema/error.ts";
import { checkScreen } from "../render/check.ts";
import { annotations } from "../render/ci/annotations.ts";
import { markdown } from "../render/ci/markdown.ts";
import { sarif } from "../render/ci/sarif.ts";
import { envDiffScreen } from "../render/env-diff.ts";
import { line, plain } from "../render/segments.ts";
import { STDERR, STDOUT } from "../streams.ts";
import { type Answer, document, type Invocation, selection, switches } from "./shared.ts";

export async function envDiff({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/env-diff.ts");
  const result = await app.envDiff(context, selection(context, flags));
  return {
    exit: result.differences.length === 0 ? "done" : "changes",
    json: document(result),
    screen: (screen) => envDiffScreen(result, screen),
  };
}

/** The screen is the same as that of `omg check`; in a pipeline of GitHub's, annotations stand above it. */
export async function ciCheck({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/ci-check.ts");
  const result = await app.ciCheck(context, { ...selection(context, flags), ...switches(flags, ["locked"]) });
  summarize(context.env.GITHUB_STEP_SUMMARY, markdown(result));
  const format = flags.json === true ? "json" : (flags.format ?? "text");
  if (format === "text" && context.env.GITHUB_ACTIONS === "true") STDOUT.write(annotations(result.findings));
  const texts: Readonly<Record<string, () => string>> = {
    json: () => pretty(document(result)),
    sarif: () => pretty(sarif(result, manifest.version)),
    markdown: () => markdown(result),
  };
  const text = texts[format]?.();
  return {
    exit: result.check.inSync ? "done" : "changes",
    json: document(result),
    screen: (screen) => checkScreen(result.check, screen),
    ...(text === undefined ? {} : { text }),
  };
}

function pretty(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Where the job's summary is kept; one that cannot be written is no reason for the check to fail. */
function summarize(path: string | undefined, text: string): void {
  if (path === undefined || !path.startsWith("/")) return;
  try {
    appendFileSync(path, text);
  } catch {
    STDERR.write("omg: the summary of this job could not be written.\n");
  }
}

export async function ciInit({ context, args: [kind] }: Invocation): Promise<Answer> {
  if (kind === undefined)
    throw new OmgError({
      code: "usage",
      exit: "error",
      message: "For which pipelines?",
      hint: "`omg ci init github` or gitlab.",
    });
  const { ciInit: init } = await import("../../app/commands/ci-init.ts");
  const { text, path } = init(context, kind === "github" ? "github" : "gitlab");
  const written = path === undefined ? {} : { path };
  return {
    exit: "done",
    json: document({ text, ...written }),
    screen: () => [line("Wrote ", plain(path ?? ""), ": look at it, then commit it.")],
    ...(path === undefined ? { text } : {}),
  };
}
