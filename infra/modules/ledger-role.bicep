// Read, and create what is not there yet. No overwrite, no delete: every built-in role that can
// create a blob can also delete one.
// Put Blob of a new blob needs blobs/add/action only; of an existing one it needs blobs/write
// (learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory). So a second
// Put Blob of the same name is refused here already, and by the locked policy once more.
@description('Shown in the portal; unique in the tenant.')
param roleName string

var definitionName = guid(resourceGroup().id, 'mfa-monitor-ledger-writer')

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: definitionName
  properties: {
    roleName: roleName
    description: 'Reads blobs and creates new ones. Cannot change or delete any.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.Storage/storageAccounts/blobServices/containers/read'
        ]
        notActions: []
        dataActions: [
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'
        ]
        notDataActions: []
      }
    ]
    assignableScopes: [
      resourceGroup().id
    ]
  }
}

output roleId string = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.name)
