import type { AuditLogOptions } from "../../app/commands/audit-log.ts";
import { jsonLine, snakeCase } from "../../schema/wire/json-names.ts";
import { auditLogScreen } from "../render/audit-log.ts";
import { auditKeyScreen, auditVerifyScreen } from "../render/audit-verify.ts";
import { type Answer, document, type Invocation } from "./shared.ts";

export async function auditLog({ context, flags, print }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/audit-log.ts");
  const { scope, since, until, event, subject, actor, limit } = flags;
  const options: AuditLogOptions = {
    ...(scope === undefined ? {} : { scope }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(event === undefined ? {} : { events: event }),
    ...(subject === undefined ? {} : { subject }),
    ...(actor === undefined ? {} : { actor }),
    ...(limit === undefined ? {} : { limit }),
    evidence: flags.verbose === true,
  };
  const show: Parameters<typeof app.followAuditLog>[2] = (records) =>
    print(
      records.map(({ entry, ...rest }) => jsonLine({ ...(snakeCase(rest) as object), ...entry })),
      (screen) => auditLogScreen(records, screen, flags.follow === true),
    );
  if (flags.follow === true) await app.followAuditLog(context, options, show);
  else show(await app.auditLog(context, options));
  return { exit: "done", json: undefined, screen: () => [], printed: true };
}

export async function auditVerify({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/audit-verify.ts");
  const { scope, witness, key } = flags;
  const result = await app.auditVerify(context, {
    ...(scope === undefined ? {} : { scope }),
    ...(witness === undefined ? {} : { witness }),
    ...(key === undefined ? {} : { key }),
  });
  return {
    exit: result.whole ? "done" : "refused",
    json: document(result),
    screen: (screen) => auditVerifyScreen(result, screen),
  };
}

export async function auditKey({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/audit-key.ts");
  const result = await app.auditKey(context, flags.scope === undefined ? {} : { scope: flags.scope });
  return { exit: "done", json: document(result), screen: () => auditKeyScreen(result), text: result.pem };
}
