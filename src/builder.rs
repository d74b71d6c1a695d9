//! Builders of options: one list of fields for what is set, for the setters, and for what is built.

/// Defines a builder of a type with a default. A field is `name: type, what the setter takes, how that
/// becomes the type`.
macro_rules! builder {
    (
        $(#[$doc:meta])*
        $builder:ident for $target:ident;
        $($(#[$field_doc:meta])* $field:ident: $type:ty, $given:ty, $convert:expr;)*
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
                pub fn $field(mut self, $field: $given) -> Self {
                    self.$field = Some($convert($field));
                    self
                }
            )*

            /// Takes over what is set in `other`, and nothing that is not.
            pub fn assign(mut self, other: Self) -> Self {
                $(self.$field = other.$field.or(self.$field);)*
                self
            }

            /// What is set, and the defaults of all else.
            pub fn build(self) -> $target {
                let mut built = $target::default();
                $(if let Some(value) = self.$field {
                    built.$field = value.into();
                })*
                built
            }
        }

        /// As what is built: so it shows no secret, either.
        impl ::std::fmt::Debug for $builder {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_tuple(stringify!($builder)).field(&self.clone().build()).finish()
            }
        }

        impl $target {
            #[doc = concat!("Nothing set yet: see [`", stringify!($builder), "`].")]
            pub fn builder() -> $builder {
                $builder::default()
            }
        }
    };
}

pub(crate) use builder;
