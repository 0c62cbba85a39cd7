// Certificates for the control line, made by the commands of docs/operations.md.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

export class Certificates {
    constructor(folder) {
        this.folder = folder
    }

    openssl(...words) {
        execFileSync('openssl', words, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] })
    }

    path(name, end = 'pem') {
        return join(this.folder, `${name}.${end}`)
    }

    authority(name) {
        this.openssl('req', '-x509', ...curve, '-days', '3650', '-subj', `/CN=${name}`,
            '-addext', 'basicConstraints=critical,CA:TRUE',
            '-addext', 'keyUsage=critical,keyCertSign,cRLSign',
            '-keyout', `${name}.key`, '-out', `${name}.pem`)
        return this
    }

    /** purpose: serverAuth for relays, clientAuth for nodes. */
    sign(name, purpose, authority = 'authority') {
        this.openssl('req', '-x509', '-CA', `${authority}.pem`, '-CAkey', `${authority}.key`,
            ...curve, '-days', '825', '-subj', `/CN=${name}`,
            '-addext', 'basicConstraints=critical,CA:FALSE',
            '-addext', `extendedKeyUsage=${purpose}`,
            '-keyout', `${name}.key`, '-out', `${name}.pem`)
        return this
    }

    expired(name, purpose, authority = 'authority') {
        this.openssl('req', '-new', ...curve, '-subj', `/CN=${name}`,
            '-addext', `extendedKeyUsage=${purpose}`,
            '-keyout', `${name}.key`, '-out', `${name}.csr`)
        this.openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${authority}.pem`,
            '-CAkey', `${authority}.key`, '-copy_extensions', 'copy', '-days', '-1',
            '-out', `${name}.pem`)
        return this
    }

    /** What node's tls.connect wants; host names are not looked at. */
    client(name, authority = 'authority') {
        return {
            cert: readFileSync(this.path(name)),
            key: readFileSync(this.path(name, 'key')),
            ca: readFileSync(this.path(authority)),
            checkServerIdentity: () => undefined,
        }
    }
}
