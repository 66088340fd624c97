import { resource } from '../setting.js';

/**
 * `ConsoleRestrictions`: from where the admin console can be used. Source: 3CX's official API description, 20.0.4 to
 * 20.0.10. Of its four properties two are settings: `Id` and `MyIpAddress` are told by the PBX. 3CX docs, “Advanced system
 * features”: the list holds addresses and networks such as 192.168.10.0/24. What an empty list means is not documented.
 */
export const consoleRestrictions = resource({
  name: 'ConsoleRestrictions',
  label: 'Console restrictions',
  settings: [
    {
      key: 'AccessRestricted',
      kind: 'flag',
      label: 'Admin console only from allowed addresses',
      help: 'Whether the admin console opens to the allowed addresses only.',
      risk: 'high',
      since: '20.0.4',
      warning:
        'Whoever is not at an allowed address is shut out of the admin console, and by reports of the API, which is Plumbline’s own way in.',
      interlocks: [
        {
          kind: 'own-address-listed',
          unless: false,
          own: 'MyIpAddress',
          list: 'IpWhitelist',
          because: 'Only the allowed addresses could still reach the admin console and the API',
          mend: 'Allow it in the 3CX console first, under Advanced > Console Restrictions.',
        },
      ],
    },
    {
      key: 'IpWhitelist',
      kind: 'list',
      items: 'ip-network',
      isSet: true,
      maxItems: 500,
      label: 'Addresses allowed to the admin console',
      help: 'From where the admin console, and by reports the API, can be reached while access is restricted.',
      risk: 'high',
      since: '20.0.4',
      warning:
        'Whoever is missing from the list is shut out of the admin console while access is restricted.',
      interlocks: [
        {
          kind: 'own-address-in-value',
          own: 'MyIpAddress',
          because: 'Only the addresses in the new list could still reach the admin console and the API',
          mend: 'Add it to the list.',
        },
      ],
    },
  ],
});
