import { basename, join } from "node:path";
import { readRegular } from "../../host/files.ts";
import { listFolder } from "../../host/folder.ts";
import { OmgError } from "../../schema/error.ts";
import { Refusal } from "../pgp/finding.ts";
import { readTrustedKeys } from "../pgp/keyring.ts";
import { allowedSigners } from "./allowed-signers.ts";
import type { Signers } from "./judge.ts";
import { Malformed } from "./ssh-wire.ts";

const SSH = "allowed_signers";
const MAX_BYTES = 1 << 20;

/**
 * Who may sign commits, from a folder: `allowed_signers` in the form of ssh-keygen(1), and OpenPGP keys in `*.asc`, `*.gpg` and `*.pgp`.
 * @throws OmgError `signers-invalid` where one cannot be read or there is nobody: no commit is believed then
 */
export async function readSigners(folder: string): Promise<Signers> {
  const files = signerFiles(folder);
  const keyrings = files.filter((file) => basename(file) !== SSH);
  const ssh = files.filter((file) => basename(file) === SSH).flatMap(readAllowed);
  const pgp = await readTrustedKeys({ keyrings }).catch((fault: unknown) => {
    throw fault instanceof Refusal ? invalid(folder, fault.message) : fault;
  });
  if (ssh.length + pgp.keys.length === 0) throw invalid(folder, `No key lies in ${folder}.`);
  return { ssh, pgp };
}

/** Every file that `readSigners` reads. */
export function signerFiles(folder: string): readonly string[] {
  const names = listFolder(folder).filter((name) => name === SSH || /\.(?:asc|gpg|pgp)$/.test(name));
  return names.sort().map((name) => join(folder, name));
}

function readAllowed(file: string) {
  try {
    return allowedSigners(readRegular(file, MAX_BYTES).toString("utf8"));
  } catch (fault) {
    throw fault instanceof Malformed ? invalid(file, `${file}, ${fault.message}.`) : fault;
  }
}

function invalid(place: string, message: string): OmgError {
  return new OmgError({
    code: "signers-invalid",
    exit: "invalid",
    message: `Who may sign commits is not known: ${message}`,
    state: "No commit was believed, and nothing was changed.",
    hint: `Put their keys there (${place}): allowed_signers as for ssh-keygen, or OpenPGP keys as *.asc.`,
  });
}
