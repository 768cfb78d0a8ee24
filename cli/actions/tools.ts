import manifest from "../../package.json" with { type: "json" };
import { OmgError } from "../../schema/error.ts";
import { line } from "../render/segments.ts";
import { STDOUT } from "../streams.ts";
import { type Answer, document, type Invocation } from "./shared.ts";

export async function completions({ args }: Invocation): Promise<Answer> {
  const { completionScript, SHELLS } = await import("../completions/scripts.ts");
  const shell = SHELLS.find((each) => each === args[0]);
  if (shell === undefined) throw unnamed("Which shell?", "`omg completions bash`, zsh or fish.");
  const text = completionScript(shell);
  return { exit: "done", json: document({ shell, text }), screen: () => [], text };
}

export async function prompt({ args }: Invocation): Promise<Answer> {
  const { PROMPTS, promptPiece } = await import("../prompts/pieces.ts");
  const name = PROMPTS.find((each) => each === args[0]);
  if (name === undefined) throw unnamed("Which prompt?", "`omg prompt bash`, zsh, fish, starship or p10k.");
  const text = promptPiece(name);
  return { exit: "done", json: document({ prompt: name, text }), screen: () => [], text };
}

const SCHEMAS: Readonly<Record<string, string>> = {
  lock: "omg.lock",
  policy: "policy",
  "policy-test": "policy-test",
  config: "config",
  plan: "plan",
};

export async function schema({ args: [name] }: Invocation): Promise<Answer> {
  const names = [...Object.keys(SCHEMAS), "status"];
  if (name === undefined)
    return { exit: "done", json: document({ names }), screen: () => names.map((each) => line(each)) };
  const text = name === "status" ? await statusSchema() : await fileSchema(name);
  return { exit: "done", json: JSON.parse(text), screen: () => [], text };
}

async function fileSchema(name: string): Promise<string> {
  const { jsonSchemas } = await import("../../schema/files/json-schemas.ts");
  const text = jsonSchemas()[`${SCHEMAS[name]}.schema.json`];
  if (text === undefined) throw unnamed(`There is no schema "${name}".`, "`omg schema` names them.");
  return text;
}

async function statusSchema(): Promise<string> {
  const { STATUS_SCHEMA } = await import("../../schema/wire/status-schema.ts");
  return `${JSON.stringify(STATUS_SCHEMA, undefined, 2)}\n`;
}

export async function manual({ args, flags }: Invocation): Promise<Answer> {
  const { manualPage } = await import("../manual.ts");
  const text = manualPage(args, manifest.version);
  if (text === undefined) throw unnamed(`There is no command "${args.join(" ")}".`, "`omg help` lists the commands.");
  const shown = STDOUT.terminal && flags.json !== true && (await showPage(text));
  return { exit: "done", json: document({ text }), screen: () => [], text: shown ? "" : text };
}

/** Whether man(1) is there and showed it. */
async function showPage(text: string): Promise<boolean> {
  const { spawnSync } = await import("node:child_process");
  const { status } = spawnSync("man", ["-l", "-"], { input: text, stdio: ["pipe", "inherit", "inherit"] });
  return status === 0;
}

function unnamed(message: string, hint: string): OmgError {
  return new OmgError({ code: "usage", exit: "error", message, hint });
}
