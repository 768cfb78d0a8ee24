import { hasDatabase } from "../policy/advisories/database.ts";
import type { InventoryItem } from "../schema/model/inventory.ts";
import type { Vulnerability } from "../schema/model/vulnerability.ts";
import { advisoryFolders } from "./advisories.ts";
import type { Context } from "./context.ts";

/** What a list says of one installed version, and of when the list is. */
interface Listed {
  readonly known: readonly Vulnerability[];
  /** RFC 3339. */
  readonly date: string;
}

export type Look = (items: readonly (InventoryItem | undefined)[]) => Promise<readonly (Listed | undefined)[]>;

/** What the lists on this disk say about installed versions; nobody is asked. Undefined where no list is here. */
export async function listedHere(ctx: Context): Promise<Look | undefined> {
  const folders = advisoryFolders(ctx);
  if (!hasDatabase(folders)) return undefined;
  const { askAll } = await import("../policy/advisories/verify.ts");
  return async (items) => {
    const answers = await askAll(
      items.map((item) => item?.advisory),
      { folders },
    );
    return answers.map((answer) =>
      "code" in answer ? undefined : { known: answer.vulnerabilities, date: answer.date },
    );
  };
}
