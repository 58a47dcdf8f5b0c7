namespace Aldis.Journal.Embedded;

/// <summary>Why a segment was deleted.</summary>
public enum RetentionReason
{
    /// <summary>The journal was larger than <see cref="JournalOptions.RetainBytes"/>.</summary>
    Size,

    /// <summary>Its newest message was older than <see cref="JournalOptions.RetainAge"/>.</summary>
    Age,
}
