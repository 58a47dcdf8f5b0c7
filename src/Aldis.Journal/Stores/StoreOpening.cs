using System.Diagnostics.CodeAnalysis;

namespace Aldis.Journal.Stores;

/// <summary>What came of opening a client, or of renewing its lease.</summary>
/// <param name="Status">Whether it is open.</param>
/// <param name="Appender">The way in; null unless it is.</param>
public readonly record struct StoreOpening(StoreOpenStatus Status, IMessageAppender? Appender)
{
    /// <summary>Whether there is an appender.</summary>
    [MemberNotNullWhen(true, nameof(Appender))]
    public bool IsOpen => Appender is not null;

    /// <summary>An open client.</summary>
    /// <param name="appender">The way in.</param>
    public static StoreOpening Of(IMessageAppender appender) => new(StoreOpenStatus.Opened, appender);

    /// <summary>None.</summary>
    /// <param name="status">Why not.</param>
    public static StoreOpening Not(StoreOpenStatus status) => new(status, null);
}
