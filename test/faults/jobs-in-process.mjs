// Runs jobs in a process that opens the services alone, and closes them at SIGTERM. It ends as soon as nothing keeps it.
import { loadSettings } from '../../dist/config/load-settings.js';
import { openServices } from '../../dist/services.js';

const services = await openServices(loadSettings(process.env));
process.once('SIGTERM', () => void services.close());
process.stdout.write('opened\n');
// Until then only the services do.
setInterval(() => undefined, 1000).unref();
