namespace Aldis.Cli.Verbs.Ping;

/// <summary>A way to ask whether somebody is there. What became of a request goes to whom it was made for, on any thread.</summary>
internal interface IPinger : IAsyncDisposable
{
    /// <summary>What the number of a request is called, such as <c>icmp_seq</c>.</summary>
    string NumberName { get; }

    /// <summary>What is behind the name of the target in the first line, the space or colon between included.</summary>
    string Description { get; }

    /// <summary>Sends a request.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="cancellationToken">Stops waiting for a place to send it from.</param>
    /// <returns>When it left, by the clock of the transports.</returns>
    /// <exception cref="Aldis.Transports.CommunicationException">It could not be sent.</exception>
    ValueTask<long> SendAsync(long number, CancellationToken cancellationToken);
}
