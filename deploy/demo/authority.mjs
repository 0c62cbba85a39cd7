// An authority for the lines between nodes and relays, and a certificate of it for
// each, made once (docs/operations.md, "A relay on another machine"). Its key is
// thrown away: nobody else will be let in.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const DAYS = '825';
const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function certify(folder, name, more) {
    const { key, certificate } = placesOf(folder, name);
    execFileSync('openssl', [
        'req', '-x509', ...CURVE, '-days', DAYS, '-subj', `/CN=${name}`,
        ...more.flatMap((word) => ['-addext', word]), '-keyout', key, '-out', certificate,
        ...(name === 'authority' ? [] : signer(folder)),
    ], { stdio: 'ignore' });
}

const placesOf = (folder, name) => ({
    key: join(folder, `line-${name}.key`),
    certificate: join(folder, `line-${name}.pem`),
});

function signer(folder) {
    const { key, certificate } = placesOf(folder, 'authority');
    return ['-CA', certificate, '-CAkey', key];
}

// Where the files are: { authority, node: { key, certificate }, [relay]: … }.
export function makeAuthority(folder, relays) {
    const authority = placesOf(folder, 'authority');
    const names = ['node', ...relays];
    if (!names.every((name) => existsSync(placesOf(folder, name).certificate))) {
        certify(folder, 'authority', ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign']);
        for (const name of names) {
            const use = name === 'node' ? 'clientAuth' : 'serverAuth';
            certify(folder, name, ['basicConstraints=critical,CA:FALSE', `extendedKeyUsage=${use}`]);
        }
        rmSync(authority.key);
    }
    return {
        authority: authority.certificate,
        ...Object.fromEntries(names.map((name) => [name, placesOf(folder, name)])),
    };
}
