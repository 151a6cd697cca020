// The event hub that Entra's diagnostic setting writes to. Standard: Basic keeps one day and has no
// consumer group of our own. No geo-replication and no geo-disaster pairing: replicated offsets are
// not numbers, and the Python binding fails on them before the function is called.
param name string
param location string
param tags object
param hubName string
param partitionCount int
param throughputUnits int
param localAuthOff bool
param principalId string
param firewall string
param workspaceId string

var dataReceiver = 'a638d3c7-ab3a-418d-83e6-5f17a39d4fde'

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: 'Standard'
    tier: 'Standard'
    capacity: throughputUnits
  }
  properties: {
    minimumTlsVersion: '1.2'
    disableLocalAuth: localAuthOff
    isAutoInflateEnabled: false
    zoneRedundant: true
    publicNetworkAccess: 'Enabled'
  }
}

// Azure Monitor is let through a closed firewall as a trusted service only.
resource networkRules 'Microsoft.EventHub/namespaces/networkRuleSets@2024-01-01' = {
  parent: namespace
  name: 'default'
  properties: {
    publicNetworkAccess: 'Enabled'
    defaultAction: firewall
    trustedServiceAccessEnabled: true
    ipRules: []
    virtualNetworkRules: []
  }
}

resource hub 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = {
  parent: namespace
  name: hubName
  properties: {
    partitionCount: partitionCount
    retentionDescription: {
      cleanupPolicy: 'Delete'
      // Seven days, the most that Standard keeps: the time there is to repair a stopped service.
      retentionTimeInHours: 168
    }
  }
}

// A second reader of a group takes its partitions away, so each reader has one to itself.
resource consumers 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = {
  parent: hub
  name: 'mfa-monitor'
  properties: {
    userMetadata: 'entra-mfa-monitor: the reader'
  }
}

resource repair 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = {
  parent: hub
  name: 'mfa-monitor-repair'
  properties: {
    userMetadata: 'entra-mfa-monitor: reads skipped positions again'
  }
}

// The only shared key in use, and Entra's alone. Azure asks for all three rights of a rule that a
// diagnostic setting names; on the hub, they reach no further than this hub.
resource delivery 'Microsoft.EventHub/namespaces/eventhubs/authorizationRules@2024-01-01' = {
  parent: hub
  name: 'entra-diagnostic-setting'
  properties: {
    rights: [
      'Listen'
      'Manage'
      'Send'
    ]
  }
}

resource receiver 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hub.id, principalId, dataReceiver)
  scope: hub
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataReceiver)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

// A hub that is deleted takes with it every record that was not read yet.
resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep-hub'
  scope: namespace
  properties: {
    level: 'CanNotDelete'
    notes: 'Unread audit records would be lost. After a new hub, set hubEpoch to another word.'
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: namespace
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'OperationalLogs'
        enabled: true
      }
      {
        category: 'RuntimeAuditLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output namespaceId string = namespace.id
output namespaceName string = namespace.name
output namespaceHost string = '${namespace.name}.servicebus.windows.net'
output consumerGroup string = consumers.name
output repairGroup string = repair.name
output deliveryRuleId string = delivery.id
