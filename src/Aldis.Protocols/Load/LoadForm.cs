namespace Aldis.Protocols.Load;

/// <summary>What a load says and what answers it: one conversation.</summary>
internal abstract class LoadForm
{
    /// <summary>Its name, for reports.</summary>
    public abstract string Name { get; }

    /// <summary>Requests that may be under way on one connection at once, because each has an answer of its own.</summary>
    public abstract int MostUnderWay { get; }

    /// <summary>Bytes of a request.</summary>
    public abstract int RequestLength { get; }

    /// <summary>The first bytes of a connection, which are no request; none by default.</summary>
    /// <param name="lane">Which connection, from 0.</param>
    public virtual ReadOnlyMemory<byte> Opening(int lane) => default;

    /// <summary>The bytes of a request, where they are the same for all; empty where <see cref="WriteRequest"/> makes each.</summary>
    public virtual ReadOnlyMemory<byte> CommonRequest => default;

    /// <summary>Makes a request whose bytes differ from the others'.</summary>
    /// <param name="number">Its number on the connection.</param>
    /// <param name="request">Takes its <see cref="RequestLength"/> bytes; those of the last request, or zeros, are in it.</param>
    public virtual void WriteRequest(long number, Span<byte> request) => CommonRequest.Span.CopyTo(request);

    /// <summary>A reader for one connection.</summary>
    public abstract ILoadReader CreateReader();
}
