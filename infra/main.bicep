// One deployment: one event hub, one ledger. infra/README.md has the picture and the reasons.
targetScope = 'subscription'

@description('Name of the environment; azd sets it. It names the resource group.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of every resource. It must offer Flex Consumption with Python 3.13 and, for ZRS, zones.')
param location string

@description('First letters of every resource name.')
@minLength(2)
@maxLength(8)
param namePrefix string = 'mfamon'

@description('Name of the hub that Entra writes AuditLogs to.')
param hubName string = 'insights-logs-auditlogs'

@description('Partitions of the hub. One keeps the records in one order; it cannot be changed later.')
@minValue(1)
@maxValue(32)
param partitionCount int = 1

@description('Throughput units of the namespace, 1 MB/s in and 2 MB/s out each.')
@minValue(1)
@maxValue(40)
param throughputUnits int = 1

@description('Another word whenever the hub was deleted and made anew: its numbers start over.')
param hubEpoch string = '0'

@description('Refuse shared access keys at the namespace. Entra delivers with one, so this ends the stream: see infra/README.md before setting it.')
param hubLocalAuthOff bool = false

@description('Days for which nothing in the ledger container can be changed or deleted.')
@minValue(1)
@maxValue(146000)
param ledgerRetentionDays int = 2557

@description('True once lock-retention.sh has run: a locked policy is no longer written by this template.')
param ledgerLocked bool = false

@description('Days after which source records in the raw container are deleted.')
@minValue(1)
param rawRetentionDays int = 400

@description('Days for which logs of the platform and of the app are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Memory of an instance, MB.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('Most instances. The hub needs no more than its partitions; timers and HTTP have their own.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances of the ingest function that never go to sleep. 1 takes the cold start out of the alert.')
@minValue(0)
@maxValue(10)
param alwaysReadyInstances int = 0

@description('Path of the monitor.toml that is deployed with the app; empty means every default.')
param monitorConfig string = ''

@description('App settings that hold the address of an alert channel; each is a Key Vault secret of the same name, lower case, hyphens for underscores.')
param alertChannelSettings array = []

@description('Where Azure alerts go: they say that this service itself is not working.')
param alertEmail string

@description('Silence of the stream, hours, before Azure raises an alarm.')
@allowed([
  1
  2
  3
  4
  5
  6
  24
])
param silenceHours int = 6

@description('Client id of the app registration that app-registration.sh makes; empty until it has run.')
param authClientId string = ''

@description('Private endpoints for storage, hub and vault, and the app in a virtual network.')
param privateNetworking bool = false

@description('Address range of the virtual network.')
param networkRange string = '10.60.0.0/24'

@description('Part of it for the app: /27 or more, and nothing else in it.')
param appSubnetRange string = '10.60.0.0/26'

@description('Part of it for the private endpoints.')
param endpointSubnetRange string = '10.60.0.64/26'

var token = toLower(uniqueString(subscription().id, environmentName, location))
var name = '${namePrefix}-${token}'
// Storage accounts: 3 to 24 letters and digits, unique in all of Azure.
var shortName = '${namePrefix}${take(token, 10)}'
var publicAccess = privateNetworking ? 'Disabled' : 'Enabled'
var firewall = privateNetworking ? 'Deny' : 'Allow'
var tags = {
  'azd-env-name': environmentName
  workload: 'entra-mfa-monitor'
}

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-${name}'
    location: location
    tags: tags
  }
}

module ledgerRole 'modules/ledger-role.bicep' = {
  name: 'ledger-role'
  scope: group
  params: {
    roleName: 'MFA monitor ledger writer ${token}'
  }
}

module telemetry 'modules/telemetry.bicep' = {
  name: 'telemetry'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    retentionDays: logRetentionDays
    principalId: identity.outputs.principalId
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  name: 'network'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    range: networkRange
    appSubnetRange: appSubnetRange
    endpointSubnetRange: endpointSubnetRange
    ledgerAccountId: ledger.outputs.accountId
    hostAccountId: host.outputs.accountId
    namespaceId: hub.outputs.namespaceId
    vaultId: vault.outputs.vaultId
  }
}

module hub 'modules/hub.bicep' = {
  name: 'hub'
  scope: group
  params: {
    name: 'evh-${name}'
    location: location
    tags: tags
    hubName: hubName
    partitionCount: partitionCount
    throughputUnits: throughputUnits
    localAuthOff: hubLocalAuthOff
    principalId: identity.outputs.principalId
    firewall: firewall
    workspaceId: telemetry.outputs.workspaceId
  }
}

module ledger 'modules/ledger.bicep' = {
  name: 'ledger'
  scope: group
  params: {
    name: '${shortName}led'
    location: location
    tags: tags
    retentionDays: ledgerRetentionDays
    locked: ledgerLocked
    rawRetentionDays: rawRetentionDays
    principalId: identity.outputs.principalId
    ledgerRoleId: ledgerRole.outputs.roleId
    publicAccess: publicAccess
    firewall: firewall
    workspaceId: telemetry.outputs.workspaceId
  }
}

module host 'modules/host.bicep' = {
  name: 'host'
  scope: group
  params: {
    name: '${shortName}host'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    publicAccess: publicAccess
    firewall: firewall
    workspaceId: telemetry.outputs.workspaceId
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${shortName}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    publicAccess: publicAccess
    firewall: firewall
    workspaceId: telemetry.outputs.workspaceId
  }
}

module function 'modules/function.bicep' = {
  name: 'function'
  scope: group
  params: {
    name: 'func-${name}'
    location: location
    tags: tags
    identityId: identity.outputs.identityId
    clientId: identity.outputs.clientId
    hostAccountName: host.outputs.accountName
    deploymentContainerUrl: host.outputs.deploymentContainerUrl
    ledgerAccountUrl: ledger.outputs.blobUrl
    viewAccountUrl: host.outputs.blobUrl
    hubNamespace: hub.outputs.namespaceHost
    hubName: hubName
    consumerGroup: hub.outputs.consumerGroup
    repairGroup: hub.outputs.repairGroup
    hubEpoch: hubEpoch
    vaultUrl: vault.outputs.vaultUrl
    monitorConfig: monitorConfig
    alertChannelSettings: alertChannelSettings
    applicationInsightsName: telemetry.outputs.applicationInsightsName
    workspaceId: telemetry.outputs.workspaceId
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    authClientId: authClientId
    subnetId: privateNetworking ? network.outputs.appSubnetId : ''
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    email: alertEmail
    silenceHours: silenceHours
    workspaceId: telemetry.outputs.workspaceId
    namespaceId: hub.outputs.namespaceId
    ledgerAccountName: ledger.outputs.accountName
    vaultName: vault.outputs.vaultName
    clientId: identity.outputs.clientId
  }
}

// azd puts these into the environment; the steps in infra/scripts read them there.
output AZURE_RESOURCE_GROUP string = group.name
output MFA_HUB_NAMESPACE string = hub.outputs.namespaceName
output MFA_HUB_NAME string = hubName
output MFA_HUB_RULE_ID string = hub.outputs.deliveryRuleId
output MFA_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output MFA_FUNCTION_APP string = function.outputs.functionName
output MFA_FUNCTION_HOST string = function.outputs.functionHost
output MFA_LEDGER_ACCOUNT_NAME string = ledger.outputs.accountName
output MFA_LEDGER_ACCOUNT_URL string = ledger.outputs.blobUrl
output MFA_VIEW_ACCOUNT_URL string = host.outputs.blobUrl
output MFA_VAULT_NAME string = vault.outputs.vaultName
