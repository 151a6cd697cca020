// The evidence. Containers: ledger (write-once, retention to be locked) and raw (expiring).
// ZRS: three zones, one write. GRS copies behind the write, so after a failover the log could stand
// before what was signed; the program would refuse to go on, rightly.
param name string
param location string
param tags object
param retentionDays int
param locked bool
param rawRetentionDays int
param principalId string
param ledgerRoleId string
param publicAccess string
param firewall string
param workspaceId string

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  // checkov:skip=CKV_AZURE_206: ZRS and not GRS, see the top of this file
  // checkov:skip=CKV_AZURE_35: the firewall is closed with privateNetworking, else access is by identity alone
  // checkov:skip=CKV_AZURE_59: the same
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    accessTier: 'Hot'
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    publicNetworkAccess: publicAccess
    networkAcls: {
      defaultAction: firewall
      bypass: 'AzureServices'
      ipRules: []
      virtualNetworkRules: []
    }
  }
}

// No versions: nothing in ledger is ever written twice, and raw would keep versions of what expired.
resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: false
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 30
    }
  }
}

resource ledgerContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'ledger'
  properties: {
    publicAccess: 'None'
  }
}

resource rawContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'raw'
  properties: {
    publicAccess: 'None'
  }
}

// Written unlocked: locking is an action that no template has, and it cannot be undone.
// lock-retention.sh locks it; from then on `locked` keeps this template's hands off.
resource retention 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2023-05-01' = if (!locked) {
  parent: ledgerContainer
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: retentionDays
    allowProtectedAppendWrites: false
    allowProtectedAppendWritesAll: false
  }
}

resource expiry 'Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'expire-raw'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: [
                'raw/'
              ]
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterCreationGreaterThan: rawRetentionDays
                }
              }
            }
          }
        }
      ]
    }
  }
  dependsOn: [
    blobs
  ]
}

resource ledgerWriter 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(ledgerContainer.id, principalId, ledgerRoleId)
  scope: ledgerContainer
  properties: {
    roleDefinitionId: ledgerRoleId
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource rawWriter 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(rawContainer.id, principalId, ledgerRoleId)
  scope: rawContainer
  properties: {
    roleDefinitionId: ledgerRoleId
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep-ledger'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'The evidence. Before the retention is locked this is all that guards the account.'
  }
}

// Who read, wrote and tried to delete: the storage account's own account of it.
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageRead'
        enabled: true
      }
      {
        category: 'StorageWrite'
        enabled: true
      }
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

output accountId string = account.id
output accountName string = account.name
output blobUrl string = account.properties.primaryEndpoints.blob
