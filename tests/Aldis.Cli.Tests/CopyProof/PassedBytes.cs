using System.Collections.Concurrent;
using Aldis.Protocols.Impairment;

namespace Aldis.Cli.Tests.CopyProof;

/// <summary>Counts what each connection over a relay brings to its target.</summary>
internal sealed class PassedBytes : ILinkObserver
{
    private readonly ConcurrentDictionary<long, long> _connections = new();

    /// <summary>Bytes of each connection.</summary>
    public IReadOnlyCollection<long> OfConnections => [.. _connections.Values];

    public void OnDecision(in LinkNote note)
    {
        if (note.Direction == LinkDirection.ToTarget)
        {
            int length = note.Length;
            _connections.AddOrUpdate(note.Client, length, (_, before) => before + length);
        }
    }
}
