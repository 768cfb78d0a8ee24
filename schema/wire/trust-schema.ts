import { z } from "zod";

/** `SHA256:…` of an SSH key as ssh-keygen shows it, or the hexadecimal fingerprint of an OpenPGP key. */
const fingerprint = z.string().regex(/^(?:SHA256:[A-Za-z0-9+/]{43}|[0-9A-F]{40}|[0-9A-F]{64})$/);
const owner = z.string().regex(/^[ -~\u00a0-\uffff]{1,200}$/);
const holders = z.array(fingerprint).max(100);

/** `.omg/trust/N.json`: whose word counts for what in a team. */
export const trustSchema = z
  .strictObject({
    format: z.literal(1),
    team: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
    /** One more with each document. */
    version: z.int().positive().max(100_000),
    expires: z.iso.datetime({ offset: true }).exactOptional(),
    keys: z.record(
      fingerprint,
      z.union([
        /** `ssh-ed25519 AAAA…` */
        z.strictObject({ owner, ssh: z.string().max(4096) }),
        /** ASCII armour. */
        z.strictObject({ owner, pgp: z.string().max(65_536) }),
      ]),
    ),
    roles: z.strictObject({ trust: holders.min(1), release: holders.min(1), policy: holders, peers: holders }),
    /** How many of the trust keys a document needs. */
    threshold: z.int().positive(),
  })
  .refine(({ roles }) => Object.values(roles).every((list) => new Set(list).size === list.length), {
    error: "names a key twice in one role",
  })
  .refine(({ keys, roles }) => Object.values(roles).every((list) => list.every((key) => Object.hasOwn(keys, key))), {
    error: "gives a role to a key that it does not hold",
  })
  .refine(({ roles, threshold }) => threshold <= roles.trust.length, {
    error: "asks for more signatures than it has trust keys",
  });

export type Trust = z.infer<typeof trustSchema>;
export type TrustKey = Trust["keys"][string];
