import { OmgError } from "../../schema/error.ts";
import { whichScreen } from "../render/which.ts";
import { type Answer, document, type Invocation } from "./shared.ts";

export async function which({ context, args }: Invocation): Promise<Answer> {
  const [name, ...more] = args;
  if (more.length > 0) throw usage("which takes one name.", "Give one name, or none for all: `omg which node`.");
  const app = await import("../../app/commands/which.ts");
  const result = await app.which(context, name === undefined ? {} : { name });
  const lacking = result.tools.some(
    ({ fault, foreign, path }) => fault !== undefined || (!foreign && path === undefined),
  );
  return {
    exit: lacking ? "error" : "done",
    json: document(result),
    screen: (screen) => whichScreen(result, screen),
  };
}

function usage(message: string, hint: string): OmgError {
  return new OmgError({ code: "usage", exit: "error", message, hint });
}
