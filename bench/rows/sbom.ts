import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { captured, FLOOR, forgetAnswers, lines, omg, type Table, type World } from "../world.ts";

const DOCUMENTS = "/usr/share/doc";
const FIELDS = ["Package", "Version", "Architecture", "source:Package", "source:Version", "Maintainer", "Depends"];

/** A bill of materials of 1,500 packages, each with a real copyright file: this machine's, in turns. */
export async function sbom(world: World): Promise<Table> {
  const { root, pins } = captured(world, "sbom", 1500);
  const texts = readdirSync(DOCUMENTS)
    .map((name) => join(DOCUMENTS, name, "copyright"))
    .filter((path) => existsSync(path));
  for (const [index, { name }] of pins.entries()) {
    const folder = join(root.folder, "root", DOCUMENTS, name);
    mkdirSync(folder, { recursive: true });
    copyFileSync(texts[index % texts.length] ?? "", join(folder, "copyright"));
  }
  const against = "omg audit sbom, nothing changed since";
  const kept = join(root.env.OMG_CACHE_DIR ?? "", "apt-licenses.json");
  const says = /"bom-ref": "apt\.bash"/;
  const format = `${FIELDS.map((field) => `\${${field}}`).join("\\t")}\\n`;
  const timings = await lines(world, root, [
    FLOOR,
    omg(world, against, ["audit", "sbom"], { says }),
    omg(world, "omg audit sbom, worked out again", ["audit", "sbom"], { says, before: () => forgetAnswers(root) }),
    omg(world, "omg audit sbom, every copyright file anew", ["audit", "sbom"], {
      says,
      before: () => {
        forgetAnswers(root);
        rmSync(kept, { force: true });
      },
    }),
    {
      name: "dpkg-query -W, the same fields, no licenses",
      command: ["dpkg-query", "-W", "-f", format],
      says: /^bash\t/m,
    },
  ]);
  return { title: "Bill of materials of 1500 packages", unit: "ms", timings, against };
}
