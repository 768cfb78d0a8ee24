import { isProgram } from "../../host/program.ts";
import { CLEAN_ENV, run } from "../../host/run.ts";

const NMCLI = "/usr/bin/nmcli";
const LIMIT_MS = 5000;

/** Whether NetworkManager says that this interface costs by volume, guesses included; false where nobody knows. */
export async function isMetered(name: string, signal: AbortSignal, program = NMCLI): Promise<boolean> {
  if (!isProgram(program)) return false;
  const args = ["--terse", "--get-values", "GENERAL.METERED", "device", "show", name];
  const { code, stdout } = await run(program, args, { env: CLEAN_ENV, timeoutMs: LIMIT_MS, signal });
  return code === 0 && stdout.startsWith("yes");
}
