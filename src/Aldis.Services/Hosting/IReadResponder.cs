using System.Buffers;
using System.IO.Pipelines;

namespace Aldis.Services.Hosting;

/// <summary>What a conversation without frames answers to each read of whatever has arrived.</summary>
internal interface IReadResponder
{
    /// <summary>Sends the answer to one read.</summary>
    /// <param name="received">What has arrived, never empty; valid until the answer is sent.</param>
    /// <param name="output">Where the answer goes.</param>
    /// <returns>A task that ends when the connection has taken the answer.</returns>
    ValueTask<FlushResult> RespondAsync(in ReadOnlySequence<byte> received, PipeWriter output);
}
