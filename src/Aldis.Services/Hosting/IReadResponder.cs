using System.Buffers;
using System.IO.Pipelines;

namespace Aldis.Services.Hosting;

/// <summary>What a conversation without frames answers to each read of whatever has arrived.</summary>
internal interface IReadResponder
{
    /// <summary>Writes the answer to one read; the loop flushes it in one piece.</summary>
    /// <param name="received">What has arrived, never empty; valid during the call only.</param>
    /// <param name="output">Where the answer goes.</param>
    void Respond(in ReadOnlySequence<byte> received, PipeWriter output);
}
