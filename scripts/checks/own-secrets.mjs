const PATTERNS = {
  PRIVATE_KEY: /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16}/g,
  API_KEY: /\bfk_[A-Za-z0-9-]{1,64}_[0-9a-f]{64}\b/g,
  REDIS_PASSWORD: /\brediss?:\/\/[\w.-]{0,64}:[\w.~%+-]{24,}@/g,
};

const messages = {
  PRIVATE_KEY: { en: () => 'found a private key' },
  API_KEY: { en: () => 'found an API key of this service' },
  REDIS_PASSWORD: { en: () => 'found the password of a Redis' },
};

/** A rule of secretlint for what its own let pass: elliptic private keys, this service's keys, Redis URLs. */
export const creator = {
  messages,
  meta: {
    id: 'fulcrum-own-secrets',
    recommended: true,
    type: 'scanner',
    supportedContentTypes: ['text'],
  },
  create(context) {
    const translate = context.createTranslator(messages);
    return {
      file({ content }) {
        for (const [id, pattern] of Object.entries(PATTERNS)) {
          for (const { 0: text, index } of content.matchAll(pattern)) {
            context.report({ message: translate(id), range: [index, index + text.length] });
          }
        }
      },
    };
  },
};
