import { serviceScreen, toldScreen } from "../render/daemon-service.ts";
import { type Answer, document, type Invocation, switches } from "./shared.ts";

export async function daemonInstall({ context, flags }: Invocation): Promise<Answer> {
  const { installService } = await import("../../daemon/units/install.ts");
  const options = switches(flags, ["system", "yes", "remove"]);
  const result = await installService(context, options);
  return {
    exit: result.done ? "done" : "consent",
    json: document(result),
    screen: (screen) => serviceScreen(result, options, screen),
  };
}

export async function daemonStart({ context }: Invocation): Promise<Answer> {
  const { startService } = await import("../../daemon/units/control.ts");
  await startService(context);
  return { exit: "done", json: document({ running: true }), screen: (screen) => toldScreen("Started", screen) };
}

export async function daemonStop({ context }: Invocation): Promise<Answer> {
  const { stopService } = await import("../../daemon/units/control.ts");
  await stopService(context);
  return { exit: "done", json: document({ running: false }), screen: (screen) => toldScreen("Stopped", screen) };
}

export async function daemonLogs({ context, flags }: Invocation): Promise<Answer> {
  const { showLogs } = await import("../../daemon/units/control.ts");
  const code = showLogs(context, flags.follow === true);
  return { exit: code === 0 ? "done" : "error", json: undefined, screen: () => [], printed: true };
}
