using Aldis.Journal.Stores;

namespace Aldis.Tests.Stores;

/// <summary>A store, and what a test of any store needs beside the seam.</summary>
internal abstract class StoreUnderTest : IAsyncDisposable
{
    /// <summary>Longest payload the store takes.</summary>
    public const int MaxMessageBytes = 1000;

    /// <summary>The window.</summary>
    public const int Window = 16;

    /// <summary>As many bytes of payload the store takes from an appender, and no more than a few times as many, before it is full.</summary>
    public const int QueueBytes = 10_000;

    public abstract IMessageStore Store { get; }

    /// <summary>Has what waits reach its outcome.</summary>
    public abstract void Settle();

    /// <summary>What is stored of a client, or of the plain form, read beside the store: the number and the text of each message.</summary>
    public abstract List<(long Sequence, string Text)> Read(string? client);

    public abstract ValueTask DisposeAsync();
}
