//! Builders of options: one list of fields for the values, for the setters, and for the result.
//!
//! By hand, since a builder of the crate `bon` has the fields that are set in its type: two of them could not
//! be merged (`assign`).

/// Defines a builder of a type with a default. A field is `name: type, what the setter takes, how that
/// becomes the type`, and the setter's argument in an example, where the field's documentation has none.
macro_rules! builder {
    (
        $(#[$doc:meta])*
        $builder:ident for $target:ident;
        $($(#[$field_doc:meta])* $field:ident: $type:ty, $given:ty, $convert:expr $(, $example:literal)?;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Default)]
        #[must_use]
        pub struct $builder {
            $($field: Option<$type>,)*
        }

        impl $builder {
            $(
                $(#[$field_doc])*
                $(#[doc = concat!(
                    "\n```\n# use socketio_postgres_emitter::", stringify!($target), ";\nlet builder = ",
                    stringify!($target), "::builder().", stringify!($field), "(", $example, ");\n```",
                )])?
                pub fn $field(mut self, $field: $given) -> Self {
                    self.$field = Some($convert($field));
                    self
                }
            )*

            /// Takes over what is set in `other`, and nothing that is not.
            ///
            #[doc = concat!(
                "```\n# use socketio_postgres_emitter::", stringify!($target), ";\n",
                "let (of_all, of_one) = (", stringify!($target), "::builder(), ",
                stringify!($target), "::builder());\nlet builder = of_all.assign(of_one);\n```",
            )]
            pub fn assign(mut self, other: Self) -> Self {
                $(self.$field = other.$field.or(self.$field);)*
                self
            }

            /// The target with these values, and the defaults of all other fields.
            ///
            #[doc = concat!(
                "```\n# use socketio_postgres_emitter::", stringify!($target), ";\nlet built: ",
                stringify!($target), " = ", stringify!($target), "::builder().build();\n```",
            )]
            pub fn build(self) -> $target {
                let mut built = $target::default();
                $(if let Some(value) = self.$field {
                    built.$field = value.into();
                })*
                built
            }
        }

        /// Shows the result, which shows no secret.
        impl ::std::fmt::Debug for $builder {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_tuple(stringify!($builder)).field(&self.clone().build()).finish()
            }
        }

        impl $target {
            #[doc = concat!("Nothing set yet: see [`", stringify!($builder), "`].")]
            ///
            #[doc = concat!(
                "```\n# use socketio_postgres_emitter::", stringify!($target), ";\nlet builder = ",
                stringify!($target), "::builder();\n```",
            )]
            pub fn builder() -> $builder {
                $builder::default()
            }

            #[doc = concat!("A [`", stringify!($builder), "`] in which all of these are set.")]
            ///
            #[doc = concat!(
                "```\n# use socketio_postgres_emitter::", stringify!($target), ";\nlet built = ",
                stringify!($target), "::default();\nlet builder = built.to_builder();\n```",
            )]
            pub fn to_builder(&self) -> $builder {
                $builder { $($field: self.$field.clone().into(),)* }
            }
        }
    };
}

pub(crate) use builder;
