using Aldis.Postgres.Tests.Database;
using Aldis.Tests.Stores;

namespace Aldis.Postgres.Tests.Stores;

/// <summary>A PostgreSQL is a store as any.</summary>
public sealed class PostgresConformanceTests(PostgresInstance instance) : MessageStoreConformance
{
    private protected override StoreUnderTest Create(int? seed = null) =>
        new PostgresUnderTest(Task.Run(instance.CreateStoreAsync).GetAwaiter().GetResult(), seed);
}
