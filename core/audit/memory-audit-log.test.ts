import { parseTenant } from '../model/ids.ts';
import { auditLogContract } from './audit-log.contract.ts';
import { memoryAuditLog } from './memory-audit-log.ts';

auditLogContract('memory', async () => {
  const tenant = parseTenant('acme');
  return { log: memoryAuditLog(tenant), tenant };
});
