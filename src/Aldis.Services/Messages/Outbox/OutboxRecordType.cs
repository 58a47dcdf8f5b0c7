namespace Aldis.Services.Messages.Outbox;

/// <summary>What a record of an outbox holds (docs/protocols/outbox.md section 4).</summary>
internal enum OutboxRecordType : byte
{
    /// <summary>A line, under the next item number.</summary>
    Line = 1,

    /// <summary>The number of an item that is refused for good; in version 1 only.</summary>
    Refused = 2,

    /// <summary>The numbering from here on; in version 1 only.</summary>
    State = 3,
}
