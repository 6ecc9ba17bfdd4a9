/**
 * The hashes of the rows of `builtInMappers`, made by another program than snowmelt. A change here sends every row of a
 * mapper's snapshots again.
 */
export const mapperVectors: Readonly<Record<string, readonly string[]>> = {
  identify: ['3302618675478893ef77737a2a456584', '98b5cb291eeb502160a7dbb73521e4fe'],
  'identify in camel case without nulls': ['64b367379761e2c8da9b0984241ae6e5', 'b153464a43e42350774ae7def918a3ab'],
  track: ['4cb54ef2cb92f5b3088d5cb63ff08b5c', 'e5473799b33df5a775ea2a2d8d5afea1'],
  'track with ids from the content': ['d2974d18d815dc53ff003a806235a16c', 'e3164e4ee7c663831e536908dcabd672'],
  group: ['ddcce4dda043ccf9313e3207328f3b00', '579ba6d0d274de3ef82bb02fe96f1e25'],
  page: ['f64b86da3452be10b3358c926a1192cc', '7360dfa41c3a3ee2088ad19069730c31'],
  screen: ['cd607d7f86736e364cfbb4c2c9af7946', '98e9020f5fd34e8655d250642b502412'],
  alias: ['441270144ad4c83a1f4e5510246d32ad', 'ce22589128aee374eec480f12dc59f6e'],
  deletePeople: ['2ddde081ba8f12931c90bc5e31c75ea5', 'e950ba7ece09e87b151e8dd64fc77b43'],
  suppressPeople: ['46bdd8b8d8d4c6a1a378574b4c4ed3c5', 'fbf50e018e9f63bb944dfa484078fd20'],
  unsuppressPeople: ['4213350b36cd5312086171e852eaf199', '2533241e8e4fb6788c48c8738782fd08'],
  createOrUpdateDevices: ['f9611f33a797e6207ab9878611583c59', 'd552fb317bd27d834286f3e27f736b78'],
  deleteDevices: ['6585747d3d8e8d037e3bed9b6c4f5f67', '877cc903f08d678910b6a8c86e33ab8a'],
  deleteObjects: ['5977672bd64a97cd2c76c84656fb4fbb', '75578d261db56aa23fe1e229c2990510'],
  deleteRelationships: ['28c73424bf053a98dd8cf33181506f9d', 'f53de97508ae72adc7f1eefdf2335cb2'],
  reportDeliveries: ['a2598b05ea22aa90ee412ce8dae04df7', 'dfadcbcfddf85443064abe5391027248'],
  reportContent: ['1d982639703b403d1fc18d1234263f98', '81780c93df5f599a1ce45e02efdda833'],
  defineMapper: ['16bfa1951bdc8f8b623dfdec3d2926f7', 'ab8f779dce9373b1c427fd5d18dfc446'],
  'defineMapper with a schema, several messages and skipped rows': [
    '674c540190ee1c9a4ac5e3856ec56e9d',
    '50fda4d2058563e81fdaf3fe181f1d6c',
  ],
};
