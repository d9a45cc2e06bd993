// Ends with 0 if the service in this container is ready, and with 1 if not: the HEALTHCHECK of an image without curl.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

const TIMEOUT_MS = 4000;
const EVERY_ADDRESS = ['', '0.0.0.0', '::'];

const { HOST = '', PORT = '', TLS_CERT = '' } = process.env;
const request = TLS_CERT === '' ? requestHttp : requestHttps;
const options = {
  host: EVERY_ADDRESS.includes(HOST) ? '127.0.0.1' : HOST,
  port: PORT === '' ? 3000 : Number(PORT),
  path: '/health/ready',
  timeout: TIMEOUT_MS,
  // The certificate is for the name that clients use, and this asks the process beside it for nothing but its state.
  rejectUnauthorized: false,
};

function end(code, words) {
  console.log(words);
  process.exit(code);
}

request(options, (response) => {
  response.resume();
  end(response.statusCode === 200 ? 0 : 1, `/health/ready answers ${response.statusCode}`);
})
  .on('timeout', () => end(1, `/health/ready does not answer within ${TIMEOUT_MS} ms`))
  .on('error', (error) => end(1, error.message))
  .end();
