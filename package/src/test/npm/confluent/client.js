// Confluent's client of npm: rows both ways by its serializers, and the REST API by its client.
// Arguments: the registry's address, and a value of the topic web_logs. Prints one JSON object.
const {
  AvroDeserializer,
  AvroSerializer,
  Compatibility,
  SchemaRegistryClient,
  SerdeType,
} = require('@confluentinc/schemaregistry')

const [, , url, value] = process.argv
const newClient = () => new SchemaRegistryClient({ baseURLs: [url], maxRetries: 0 })

/** The error that the call ends with. */
const refused = call =>
  call.then(
    answer => ({ answer }),
    error => ({ status: error.status, code: error.errorCode, message: error.message }),
  )

const record = (...fields) => ({
  schemaType: 'AVRO',
  schema: JSON.stringify({
    type: 'record',
    name: 'npm',
    fields: fields.map(name =>
      name.endsWith('?')
        ? { name: name.slice(0, -1), type: ['null', 'int'], default: null }
        : { name, type: 'int' },
    ),
  }),
})

const rows = async client => {
  const row = await new AvroDeserializer(client, SerdeType.VALUE, {}).deserialize(
    'web_logs',
    Buffer.from(value, 'base64'),
  )
  const visit = await new AvroSerializer(client, SerdeType.VALUE, {
    autoRegisterSchemas: false,
    useLatestVersion: true,
  }).serialize('calls', { id: 8, page: row.cs_uri_stem })
  // Its own schema, registered by itself.
  await client.register('clicks-value', record('x', 'y?'))
  const click = await new AvroSerializer(client, SerdeType.VALUE, {
    useLatestVersion: true,
  }).serialize('clicks', { x: 3, y: null })
  return { row, visit: visit.toString('base64'), click: click.toString('base64') }
}

const rest = async client => {
  const subject = 'npm rest'
  const id = await client.register(subject, record('a'))
  const full = await client.registerFullResponse(subject, record('a', 'b?'))
  const owned = { ...record('a', 'b?', 'c?'), metadata: { properties: { owner: 'me' } } }
  const ownedId = await client.register(subject, owned)
  const answers = {
    sameId: (await newClient().register(subject, record('a'))) === id,
    full: { version: full.version, schema: full.schema, guid: full.guid.length },
    byGuid: (await client.getByGuid(full.guid)).schema,
    bySubjectAndId: (await newClient().getBySubjectAndId(subject, id)).schema,
    lookup: (await newClient().getId(subject, owned)) === ownedId,
    version: await newClient().getVersion(subject, record('a', 'b?')),
    versions: await client.getAllVersions(subject),
    latest: (await client.getLatestSchemaMetadata(subject)).metadata.properties,
    withMetadata: (await client.getLatestWithMetadata(subject, { owner: 'me' })).version,
    fits: await client.testSubjectCompatibility(subject, record('a', 'd?')),
    fitsNot: await client.testSubjectCompatibility(subject, record('a', 'd')),
    fitsFirst: await client.testCompatibility(subject, 1, record('a')),
    incompatible: await refused(client.register(subject, record('a', 'd'))),
    unset: await refused(client.getCompatibility(subject)),
    set: await client.updateCompatibility(subject, Compatibility.FULL),
    level: await client.getCompatibility(subject),
    config: await client.updateConfig(subject, {
      compatibility: Compatibility.NONE,
      normalize: true,
      compatibilityGroup: 'major',
    }),
    configured: await client.getConfig(subject),
    ofAll: await client.getDefaultCompatibility(),
    listed: (await client.getAllSubjects()).includes(subject),
    hardFirst: await refused(client.deleteSubject(subject, true)),
    softVersion: await client.deleteSubjectVersion(subject, 3),
    hardVersion: await client.deleteSubjectVersion(subject, 3, true),
    soft: await client.deleteSubject(subject),
    softTwice: await refused(client.deleteSubject(subject)),
    hard: await client.deleteSubject(subject, true),
    gone: await refused(newClient().getLatestSchemaMetadata(subject)),
    noId: await refused(newClient().getBySubjectAndId(subject, 999999)),
  }
  const context = ':.npm:s'
  answers.inContext = await client.register(context, record('a'))
  answers.contextVersions = await client.getAllVersions(context)
  return answers
}

const main = async () => ({ ...(await rows(newClient())), rest: await rest(newClient()) })

main().then(
  answer => console.log(JSON.stringify(answer)),
  error => {
    console.error(error)
    process.exit(1)
  },
)
