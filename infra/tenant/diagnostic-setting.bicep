// Entra sends AuditLogs to the hub. A resource of the tenant, not of the resource group: it takes
// Security Administrator in Entra, and to deploy this file a role at the tenant's root besides.
// infra/scripts/diagnostic-setting.sh writes the same setting with Security Administrator alone.
targetScope = 'tenant'

@description('Name of the setting. Entra allows five.')
param settingName string = 'mfa-monitor'

@description('Id of the rule entra-diagnostic-setting of the hub (output MFA_HUB_RULE_ID).')
param hubRuleId string

@description('Name of the hub (output MFA_HUB_NAME).')
param hubName string

resource setting 'microsoft.aadiam/diagnosticSettings@2017-04-01' = {
  name: settingName
  properties: {
    eventHubAuthorizationRuleId: hubRuleId
    eventHubName: hubName
    logs: [
      {
        category: 'AuditLogs'
        enabled: true
      }
    ]
  }
}

output settingId string = setting.id
