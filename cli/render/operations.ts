import type { Operation } from "../../schema/model/transaction.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { block } from "./sections.ts";
import { dim, type Line, plain } from "./segments.ts";

/** Exactly what would run, numbered in order. */
export function operationsBlock(operations: readonly Operation[], screen: Screen): Line[] {
  const digits = String(operations.length).length;
  return block(
    "Operations, in this order",
    operations.flatMap((operation, index) => [
      ...paragraph(operation.label, {
        lead: [dim(`  ${String(index + 1).padStart(digits)}  `)],
        columns: screen.columns,
      }),
      ...paragraph(effect(operation), { lead: [plain(" ".repeat(digits + 6))], tone: "dim", columns: screen.columns }),
    ]),
  );
}

function effect(operation: Operation): string {
  switch (operation.type) {
    case "exec":
      return `run ${[operation.file, ...operation.args].map(quoted).join(" ")}`;
    case "write":
      return `write ${quoted(operation.path)} (${Buffer.byteLength(operation.content)} bytes, mode ${operation.mode.toString(8).padStart(4, "0")})`;
    case "link":
      return "target" in operation
        ? `link ${quoted(operation.path)} to ${quoted(operation.target)}`
        : `link ${quoted(operation.path)} to sha256 ${operation.sha256.slice(0, 16)}`;
    case "extract":
      return operation.layout.format === "mise"
        ? `have ${quoted(operation.layout.program)} unpack sha256 ${operation.sha256.slice(0, 16)} to ${quoted(operation.path)}`
        : `unpack sha256 ${operation.sha256.slice(0, 16)} (${operation.layout.format}) to ${quoted(operation.path)}`;
    case "remove":
      return `remove ${quoted(operation.path)}`;
  }
}

/** As a POSIX shell would need it, so that what is shown can be read without doubt. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
