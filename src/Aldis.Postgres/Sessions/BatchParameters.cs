using Aldis.Postgres.Queueing;
using Npgsql;

namespace Aldis.Postgres.Sessions;

/// <summary>The parameters of <see cref="Statements.Append"/> and <see cref="Statements.AppendPlain"/>, which are a batch's
/// arrays.</summary>
internal static class BatchParameters
{
    /// <summary>Makes them, without values.</summary>
    public static NpgsqlParameter[] Make(bool isPlain)
    {
        NpgsqlParameter[] messages =
            [new NpgsqlParameter<int[]>(), new NpgsqlParameter<long[]>(), new NpgsqlParameter<long[]>(), new NpgsqlParameter<byte[][]>()];
        return isPlain
            ? [new NpgsqlParameter<string>(), new NpgsqlParameter<long>(), new NpgsqlParameter<string[]>(), .. messages]
            : [new NpgsqlParameter<string[]>(), new NpgsqlParameter<long[]>(), new NpgsqlParameter<long[]>(), new NpgsqlParameter<long[]>(),
                new NpgsqlParameter<string[]>(), .. messages];
    }

    /// <summary>Gives them the values of a batch.</summary>
    public static void Bind(NpgsqlParameterCollection parameters, AppendBatch batch, NodeLease node)
    {
        object[] senders = batch.IsPlain
            ? [node.Name, node.Epoch, batch.Peers]
            : [batch.Clients, batch.Epochs, batch.Previous, batch.Last, batch.Peers];
        int next = 0;
        foreach (object value in senders)
        {
            parameters[next++].Value = value;
        }

        foreach (object value in (ReadOnlySpan<object>)[batch.Owners, batch.Sequences, batch.Crcs, batch.Payloads])
        {
            parameters[next++].Value = value;
        }
    }
}
